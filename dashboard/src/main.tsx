import { render } from "preact";
import { App } from "./app.tsx";
import "./look.css";
import { startStore } from "./data/store.ts";

startStore();
const place = document.getElementById("app");
if (place !== null) render(<App />, place);
// What keeps the app on the device is loaded after what is looked at.
void import("./device/worker.ts").then(({ startApp }) => startApp());
