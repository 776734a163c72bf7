// Arm semihosting: files, arguments and an exit code through a debugger or a simulator. Our own few
// lines instead of librdimon, which brings newlib's file layer and with it the heap.
//
// Method: Arm "Semihosting for AArch32 and AArch64", issue 2.0. A core that executes these calls
// without a debugger attached stops in HardFault.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace cortico::platform::semihosting {

enum class Mode { kRead = 1, kWrite = 5 };  // fopen's "rb" and "wb"

// A handle, or -1. `path` is zero-terminated; a relative one starts at the simulator's working
// directory. Its length is not limited by this layer.
int Open(const char* path, Mode mode);

// Bytes read: fewer than `size` at the end of the file or after an error.
size_t Read(int handle, void* to, size_t size);

// True when all bytes were written.
bool Write(int handle, const void* from, size_t size);

// True when the file was closed, which is when a full disk is known.
bool Close(int handle);

// Bytes in the file, or -1.
int32_t Length(int handle);

// Writes to the debug console; the text is zero-terminated. QEMU sends it to standard error.
void Console(const char* text);

// The words given to the simulator, joined by single spaces, zero-terminated: a word cannot hold a
// space. False, and an empty line, when `capacity` is too small or there is none.
bool CommandLine(char* line, size_t capacity);

// What follows `key` in the first word that starts with it ("in=" of "in=a.bin out=b.bin" gives
// "a.bin"); empty when there is no such word. A view into `line`.
std::string_view Argument(std::string_view line, std::string_view key);

// Ends the simulation; the simulator's own exit code is the low byte of `code`.
[[noreturn]] void Exit(int code);

}  // namespace cortico::platform::semihosting
