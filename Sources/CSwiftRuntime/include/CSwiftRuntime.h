// SPDX-License-Identifier: Apache-2.0
//
// Two entry points of the Swift runtime that have no Swift declaration: the walk over the metadata sections of every
// loaded image (the way Swift Testing finds its tests) and the demangler.

#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hub_section_range {
  uintptr_t start;
  size_t length;
};

struct hub_metadata_sections {
  uintptr_t version;
  const void *_Nullable base;
  void *_Nullable unused0;
  void *_Nullable unused1;
  struct hub_section_range ranges[15];
};

#if !defined(__APPLE__)
extern void swift_enumerateAllMetadataSections(
    bool (*_Nonnull body)(const struct hub_metadata_sections *_Nonnull, void *_Nullable), void *_Nullable context);
#endif

extern char *_Nullable swift_demangle(
    const char *_Nonnull mangled, size_t length, char *_Nullable output, size_t *_Nullable outputLength, uint32_t flags);
