/* Two pieces of work at once, without the GIL: one in a thread of its own, the other in this one.

   What takes milliseconds at the speed of one core's memory takes half as long on two. */

#ifndef SORTER_BESIDE_H
#define SORTER_BESIDE_H

#include <pthread.h>
#include <signal.h>

struct beside_call {
    void (*work)(void *);
    void *subject;
};

static void *beside_start(void *call) {
    struct beside_call *called = call;
    called->work(called->subject);
    return NULL;
}

/* Does the same work on two subjects and returns when both are done. */
static inline void run_both(void (*work)(void *), void *one, void *other) {
    struct beside_call call = {work, one};
    sigset_t all, before;
    pthread_t thread;
    /* Signals are for the program's own threads: a wait of theirs is what they must end. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&thread, NULL, beside_start, &call);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    /* A limit on threads costs time, nothing else. */
    if (failed)
        work(one);
    work(other);
    if (!failed)
        pthread_join(thread, NULL);
}

#endif
