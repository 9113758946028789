export * from "./preact.js";
