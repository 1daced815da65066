import { BASIS_WORDS, BLIND, type Verification } from "../../keepers/views/verification.ts";
import type { Answer } from "./run.ts";

const Danger = ({ report }: { readonly report: Verification }) =>
  report.dangers.length === 0 ? (
    <p class="calm">✓ Nothing dangerous was found in its bytes. Read them all the same.</p>
  ) : (
    <ul class="dangers" aria-label="Dangers">
      {report.dangers.map((danger) => (
        <li key={danger}>
          <span aria-hidden="true">▲</span> {danger}
        </li>
      ))}
    </ul>
  );

const Told = ({ report, text }: { readonly report: Verification; readonly text: string }) => (
  <>
    <Danger report={report} />
    <h3>{report.sentence}</h3>
    <ul class="lines">
      {report.lines.map(({ basis, words }) => (
        <li key={words}>
          <span class={`basis ${basis}`}>{BASIS_WORDS[basis]}</span>
          <span class="words">{words}</span>
        </li>
      ))}
    </ul>
    <p class="faint">{report.holds}</p>
    <details>
      <summary>The report as text, to compare with what others got</summary>
      <pre>{text}</pre>
    </details>
  </>
);

/** What the endpoints say: one report where they agree, and each one's where they do not. */
export const Answers = ({ answers }: { readonly answers: readonly Answer[] }) => (
  <div role="status">
    {answers.length > 1 ? (
      <p class="alarm">✗ The endpoints do not say the same. Do not sign before you know which of them is wrong.</p>
    ) : null}
    {answers.map(({ endpoints, report, text }) => (
      <section key={text} aria-label={`What ${endpoints.join(" and ")} says`}>
        <h2>
          {endpoints.length > 1 ? `${endpoints.length} endpoints say the same` : "One endpoint says"}
          <small>{endpoints.join(" · ")}</small>
        </h2>
        {report === undefined ? <p class="alarm">{text}</p> : <Told report={report} text={text} />}
      </section>
    ))}
    <p class="faint">{BLIND}</p>
  </div>
);
