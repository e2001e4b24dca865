/** Starts the board in the page of `/board`, with the settings that the page holds as JSON. */
import { mount } from "svelte";
import { loadCatalogue, translator } from "../lib/catalogue";
import type { Language } from "../lib/duration";
import "./board.css";
import Board from "./Board.svelte";
import { VIEW } from "./context";
import { BoardView, type Boot } from "./view.svelte";

const boot = JSON.parse(document.getElementById("boot")!.textContent) as Boot;
const catalogue = await loadCatalogue(boot.language as Language);
const view = new BoardView(boot, translator(catalogue));
const target = document.getElementById("board")!;
target.replaceChildren();
mount(Board, { target, context: new Map([[VIEW, view]]) });
view.start();
