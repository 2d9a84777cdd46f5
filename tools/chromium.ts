/** Where a browser of Chromium's kind is on this machine. */

const PROGRAMS = ["ProgramFiles", "ProgramFiles(x86)"]
  .map((name) => Deno.env.get(name) ?? "C:/Program Files");

const MAC = "/Applications";

const PATHS = Deno.build.os === "windows"
  ? PROGRAMS.flatMap((folder) => [
    `${folder}/Google/Chrome/Application/chrome.exe`,
    `${folder}/Microsoft/Edge/Application/msedge.exe`,
  ])
  : [
    ...["/usr/bin/chromium", "/usr/bin/chromium-browser", "/snap/bin/chromium"],
    ...["/usr/bin/google-chrome", "/usr/bin/microsoft-edge"],
    `${MAC}/Google Chrome.app/Contents/MacOS/Google Chrome`,
    `${MAC}/Chromium.app/Contents/MacOS/Chromium`,
    `${MAC}/Microsoft Edge.app/Contents/MacOS/Microsoft Edge`,
  ];

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/**
 * The browser that CHROME_PATH names, or the first at a usual place; undefined where
 * there is none.
 */
export const CHROMIUM = Deno.env.get("CHROME_PATH") ?? PATHS.find(isFile);
