/** The bytes between clients and a relay: control messages, state frames, and the shapes they carry. */
export * from "./bits.js";
export * from "./bytes.js";
export * from "./codec.js";
export * from "./control.js";
export * from "./directory.js";
export * from "./frame.js";
export * from "./frame-state.js";
export * from "./snapshot.js";
export * from "./text.js";
