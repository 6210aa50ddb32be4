// SPDX-License-Identifier: Apache-2.0
//
// What Swift cannot say itself: a thread-local pointer, and a hook of the Swift runtime whose calling convention is
// `swiftcall`. docs/adr/0001 says why both are needed; UVRuntime/JobSink.swift is their only user.
#pragma once

/// Called with the sink of the current thread and a job (`UnownedJob`, one word) that the runtime wanted to give to
/// the global pool.
typedef void (*mve_enqueue)(void *sink, void *job);

/// The sink of the calling thread, or NULL.
void *mve_sink_get(void);

/// Makes `sink` the calling thread's sink; NULL takes it away.
void mve_sink_set(void *sink);

/// Redirects jobs for the global pool to `enqueue` where the enqueuing thread has a sink. Idempotent, thread-safe.
void mve_hook_install(mve_enqueue enqueue);

/// Names the calling thread for debuggers and `top`; longer names than 15 bytes are cut.
void mve_thread_name(const char *name);
