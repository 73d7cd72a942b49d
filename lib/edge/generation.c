#include "edge/generation.h"

#include <urcu-qsbr.h>

static struct table *current;

/*
 * ThreadSanitizer does not see the barriers in liburcu: it is told what they
 * order.  What was written before a publication is seen by who enters after it,
 * and what was read before leaving was read before a wait is over.
 */
#if defined(__SANITIZE_THREAD__)
#define UNDER_TSAN
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define UNDER_TSAN
#endif
#endif
#ifdef UNDER_TSAN
#include <sanitizer/tsan_interface.h>
#define ORDER_RELEASE(p) __tsan_release(p)
#define ORDER_ACQUIRE(p) __tsan_acquire(p)
#else
#define ORDER_RELEASE(p) ((void)(p))
#define ORDER_ACQUIRE(p) ((void)(p))
#endif
static char left; /* stands for "a reader has left" */

void
generation_register(void)
{
	rcu_register_thread();
	rcu_thread_offline();
}

const struct table *
generation_enter(void)
{
	const struct table *t;

	rcu_thread_online();
	t = rcu_dereference(current);
	ORDER_ACQUIRE(&current);
	return t;
}

void
generation_leave(void)
{
	ORDER_RELEASE(&left);
	rcu_thread_offline();
}

struct table *
generation_publish(struct table *t)
{
	ORDER_RELEASE(&current);
	return rcu_xchg_pointer(&current, t);
}

void
generation_wait(void)
{
	synchronize_rcu();
	ORDER_ACQUIRE(&left);
}
