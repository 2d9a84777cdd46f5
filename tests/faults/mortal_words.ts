/** Indices of control words that the backend does not use. */
export const COUNTDOWN = 200, HELD = 201;
