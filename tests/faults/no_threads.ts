/** Loaded before a program: its system can start no threads. */

globalThis.process.getBuiltinModule = (() => ({
  Worker: class {
    constructor() {
      throw new Error("no threads here");
    }
  },
})) as unknown as typeof globalThis.process.getBuiltinModule;
