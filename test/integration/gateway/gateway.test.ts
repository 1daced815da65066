import { buildDashboard, isDashboardBuilt } from "../../../scripts/setup/dashboard.mjs";
import { type GatewayWorld, startGatewayWorld } from "../../support/gatewayWorld.ts";
import { testAlertsPage } from "./alertsPage.ts";
import { testClient } from "./client.ts";
import { testInterface } from "./interface.ts";
import { testPages } from "./pages.ts";
import { testWallet } from "./wallet.ts";

/** One world for both: it takes longer to start than any of them to run. */
describe("The gateway beside a fleet at work in the sandbox", function () {
  this.timeout(180_000);
  let open: GatewayWorld | undefined;
  const world = (): GatewayWorld => {
    if (open === undefined) throw new Error("the world did not start");
    return open;
  };
  before(async () => {
    if (!isDashboardBuilt()) await buildDashboard();
    open = await startGatewayWorld(1);
    await open.until("a trade", ({ enacted }) => enacted > 0);
  });
  after(() => open?.close());

  describe("its interface", () => testInterface(world));
  describe("its client", () => testClient(world));
  describe("its pages in a browser", () => testPages(world));
  describe("its page of alerts", () => testAlertsPage(world));
  describe("a wallet in its pages", () => testWallet(world));
});
