// SPDX-License-Identifier: Apache-2.0

// Only in builds with the thread sanitizer: tells it what a contended Mutex of the standard library does.
//
// The quick way of Synchronization.Mutex is compiled into its user and is seen by the sanitizer; when two threads meet,
// the lock changes hands inside a library that is not instrumented, and every such meeting is reported as a race. These
// two functions stand in front of the library's own, call them, and say what was acquired and released.

#if defined(__linux__) && defined(__has_feature)
#if __has_feature(thread_sanitizer)

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>

#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"
#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context)) void *

extern void __tsan_acquire(void *);
extern void __tsan_release(void *);

typedef SWIFT void (*Lock)(uint32_t, SELF);
typedef SWIFT void (*Unlock)(SELF);

SWIFT void hub_tsan_lock(uint32_t thread, SELF mutex) __asm__(LOCK);
SWIFT void hub_tsan_unlock(SELF mutex) __asm__(UNLOCK);

SWIFT void hub_tsan_lock(uint32_t thread, SELF mutex) {
    ((Lock)dlsym(RTLD_NEXT, LOCK))(thread, mutex);
    __tsan_acquire(mutex);
}

SWIFT void hub_tsan_unlock(SELF mutex) {
    __tsan_release(mutex);
    ((Unlock)dlsym(RTLD_NEXT, UNLOCK))(mutex);
}

#endif
#endif
