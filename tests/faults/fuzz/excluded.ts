/** Functions of tfjs that are not fuzzed, and why. */

const NO_OPERATION = "no operation: it computes nothing";
const OWN_NUMBERS = "it draws with no seed, or calls what it is given";

const names = (words: string, reason: string) =>
  words.split(" ").map((name) => [name, reason]);

/** By name as in operations.ts. Classes, with a capital letter, are none. */
export const EXCLUDED: Record<string, string> = Object.fromEntries([
  ...names(
    "backend copyRegisteredKernels deprecationWarn deregisterOp " +
      "disableDeprecationWarnings dispose disposeVariables enableDebugMode " +
      "enableProdMode engine env findBackend findBackendFactory getBackend " +
      "getGradient getKernel getKernelsForBackend keep memory nextFrame op " +
      "profile ready registerBackend registerCallbackConstructor " +
      "registerGradient registerKernel registerOp removeBackend setBackend " +
      "setPlatform setWebGLContext tidy time unregisterGradient " +
      "train unregisterKernel forceHalfFloat sumOutType upcastType",
    NO_OPERATION,
  ),
  ...names("input model sequential", "it builds a model: no kernel runs"),
  ...names(
    "loadGraphModel loadGraphModelSync loadLayersModel",
    "it reads a file or an address",
  ),
  ...names("print", "it writes to the console"),
  ...names("buffer", "it gives an array that is no tensor"),
  ...names("variable", "its tensor is kept until it is disposed of"),
  ...names(
    "customGrad grad grads valueAndGrad valueAndGrads variableGrads",
    "it takes a function: gradients of all operations are taken",
  ),
  ...names("multiRNNCell", "it takes functions: basicLSTMCell is called"),
  ...names("rand", OWN_NUMBERS),
]);
