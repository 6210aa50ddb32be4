// SPDX-License-Identifier: Apache-2.0
#include "executor_hook.h"

#include <stdatomic.h>
#include <sys/prctl.h>

typedef __attribute__((swiftcall)) void (*original_enqueue)(void *job);
typedef __attribute__((swiftcall)) void (*enqueue_hook)(void *job, original_enqueue original);

// Exported by libswift_Concurrency (stdlib/public/Concurrency/GlobalExecutor); internal, so a test counts enqueues.
extern enqueue_hook swift_task_enqueueGlobal_hook;

static __thread void *current_sink = 0;
static _Atomic(mve_enqueue) installed = 0;

void *mve_sink_get(void) { return current_sink; }

void mve_sink_set(void *sink) { current_sink = sink; }

static __attribute__((swiftcall)) void redirect(void *job, original_enqueue original) {
    void *sink = current_sink;
    if (sink) {
        atomic_load_explicit(&installed, memory_order_relaxed)(sink, job);
    } else {
        original(job);
    }
}

void mve_hook_install(mve_enqueue enqueue) {
    atomic_store(&installed, enqueue);
    swift_task_enqueueGlobal_hook = redirect;
}

void mve_thread_name(const char *name) { prctl(PR_SET_NAME, name, 0, 0, 0); }
