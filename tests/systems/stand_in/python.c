/*
 * Stands for Windows' python.exe under Wine: hands its arguments and its
 * environment to python.py, which Linux runs, and ends as that ends. Wine starts
 * programs of Linux, but gives nothing to wait for, so the two share a file.
 */
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>
#include <windows.h>

#define LONG_ENOUGH 32768
static wchar_t self[LONG_ENOUGH], job[MAX_PATH], end[MAX_PATH];
static wchar_t line[2 * LONG_ENOUGH];

/* What stands after the program's own name. */
static const wchar_t *arguments(void) {
  const wchar_t *at = GetCommandLineW();
  wchar_t stop = *at == L'"' ? *at++ : L' ';
  while (*at && *at != stop) at++;
  return *at ? at + 1 : at;
}

/* Writes the environment in UTF-8, with a zero after each variable. */
static void write_environment(void) {
  FILE *file = _wfopen(job, L"wb");
  const wchar_t *at = GetEnvironmentStringsW();
  for (; *at; at += wcslen(at) + 1) {
    static char text[4 * LONG_ENOUGH];
    int size = WideCharToMultiByte(CP_UTF8, 0, at, -1, text, sizeof text, 0, 0);
    fwrite(text, 1, size, file);
  }
  fclose(file);
}

/* What Linux's program prints comes by a file: pipes of Wine's are not Linux's. */
static HANDLE open_printed(const wchar_t *suffix) {
  wchar_t path[MAX_PATH];
  swprintf(path, MAX_PATH, L"%ls.%ls", job, suffix);
  return CreateFileW(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE,
                     NULL, CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
}

static void pass_on(HANDLE printed, DWORD to) {
  static char text[65536];
  DWORD size, done;
  while (ReadFile(printed, text, sizeof text, &size, NULL) && size > 0)
    WriteFile(GetStdHandle(to), text, size, &done, NULL);
}

int main(void) {
  wchar_t folder[MAX_PATH];
  STARTUPINFOW start = {.cb = sizeof start};
  PROCESS_INFORMATION process;
  FILE *file;
  HANDLE out, err;
  int code = 1, has_ended = 0;

  GetModuleFileNameW(NULL, self, LONG_ENOUGH);
  GetTempPathW(MAX_PATH, folder);
  GetTempFileNameW(folder, L"py", 0, job);
  swprintf(end, MAX_PATH, L"%ls.end", job);
  write_environment();
  out = open_printed(L"out");
  err = open_printed(L"err");
  swprintf(line, 2 * LONG_ENOUGH, L"\"Z:\\stand_in\\python.py\" \"%ls\" \"%ls\" %ls",
           self, job, arguments());
  if (out == INVALID_HANDLE_VALUE || err == INVALID_HANDLE_VALUE ||
      !CreateProcessW(L"Z:\\stand_in\\python.py", line, NULL, NULL, TRUE, 0,
                      NULL, NULL, &start, &process)) {
    fprintf(stderr, "Cannot start Z:\\stand_in\\python.py: error %lu\n", GetLastError());
    return 1;
  }
  while (!has_ended) {
    has_ended = GetFileAttributesW(end) != INVALID_FILE_ATTRIBUTES;
    pass_on(out, STD_OUTPUT_HANDLE);
    pass_on(err, STD_ERROR_HANDLE);
    if (!has_ended) Sleep(10);
  }
  file = _wfopen(end, L"r");
  if (file && fscanf(file, "%d", &code) != 1) code = 1;
  if (file) fclose(file);
  return code;
}
