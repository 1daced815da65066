/** One line to type into, with what is said of it below. */
export const Field = ({
  id,
  label,
  value,
  says,
  isWarning = false,
  isNumber = false,
  onType,
}: {
  readonly id: string;
  readonly label: string;
  readonly value: string;
  readonly says?: string;
  readonly isWarning?: boolean;
  readonly isNumber?: boolean;
  readonly onType: (text: string) => void;
}) => (
  <div>
    <label for={id}>{label}</label>
    <input
      id={id}
      type="text"
      inputMode={isNumber ? "decimal" : "text"}
      autoComplete="off"
      spellcheck={false}
      value={value}
      aria-describedby={`${id}-says`}
      onInput={({ currentTarget }) => onType(currentTarget.value)}
    />
    <p class={`sub ${isWarning ? "warn" : ""}`} id={`${id}-says`}>
      {says}
    </p>
  </div>
);
