// Reads files of HDF5 in a process of its own.
//
// The library trusts what a file says in many places, and a file that lies can end the process that reads it. So a child does it,
// with little memory and time, and its answer comes through a pipe; whoever reads that must not trust it either.
#pragma once
#include <stddef.h>
#include <sys/types.h>

// Starts a child that reads a file, and gives its process identifier, or -1 (see errno).
//
// path: the file; null for one in memory.
// image, count: the bytes of the one in memory.
// dataset: the path of the dataset whose elements to send; null to list all datasets of numbers.
// answer: receives the end of the pipe that is to be read and closed.
//
// The answer is a row of records. Each begins with its kind, and all numbers are unsigned, of 64 bits, in the machine's order of
// bytes; a text is its length in bytes and the bytes.
//
//   1, path, name of the group, type, number of axes, the size of each, place in the file
//       A dataset. The name is what the group's attribute "name" says. The type is as "float32". The place is where all elements
//       lie one after the other, little-endian; the largest number if they do not.
//   2, number, bytes     The elements that were asked for, little-endian.
//   3, place, expected   What cannot be read, and why. Nothing follows.
//   0                    The end, without which something went wrong.
pid_t martinet_hdf5_start(const char *path, const void *image, size_t count, const char *dataset, int *answer);

// Waits for a child of the function above. Whether it ended by itself: 1, or 0 where the system stopped it.
int martinet_hdf5_finish(pid_t child);
