import type { ComponentType } from "preact";

/** What a page is given: what stands in its path. */
export type PageProps = { readonly id: string };
export type PageModule = { readonly Page: ComponentType<PageProps> };

/** One page. `tab`: its sign on a phone's row of tabs. A page without a title is reached from others only. */
export type PageEntry = {
  readonly path: string;
  readonly title?: string;
  readonly tab?: string;
  readonly short?: string;
  readonly load: () => Promise<PageModule>;
};

/** Every page: one folder, one line. */
export const PAGES: readonly PageEntry[] = [
  { path: "/", title: "Overview", tab: "◎", load: () => import("./overview/page.tsx") },
  { path: "/agents", title: "Agents", tab: "◇", load: () => import("./agents/page.tsx") },
  { path: "/portfolio", title: "Portfolio", load: () => import("./portfolio/page.tsx") },
  { path: "/analytics", title: "Analytics", load: () => import("./analytics/page.tsx") },
  { path: "/opportunities", title: "Opportunities", load: () => import("./opportunities/page.tsx") },
  { path: "/markets", title: "Markets", load: () => import("./markets/page.tsx") },
  { path: "/proposals", title: "Proposals", tab: "▤", load: () => import("./proposals/page.tsx") },
  { path: "/proposals/:id", load: () => import("./proposal/page.tsx") },
  { path: "/exit", title: "Deposit and exit", tab: "⇅", short: "Exit", load: () => import("./exit/page.tsx") },
  { path: "/safe", title: "Safe", load: () => import("./safe/page.tsx") },
  { path: "/payments", title: "Payments", load: () => import("./payments/page.tsx") },
  { path: "/system", title: "System", load: () => import("./system/page.tsx") },
  { path: "/alerts", title: "Alerts", tab: "△", load: () => import("./alerts/page.tsx") },
  { path: "/settings", title: "Settings", load: () => import("./settings/page.tsx") },
];
