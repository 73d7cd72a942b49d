#include "edge/generation.h"

#include <urcu-qsbr.h>

static struct table *current;

void
generation_register(void)
{
	rcu_register_thread();
	rcu_thread_offline();
}

const struct table *
generation_enter(void)
{
	rcu_thread_online();
	return rcu_dereference(current);
}

void
generation_leave(void)
{
	rcu_thread_offline();
}

struct table *
generation_publish(struct table *t)
{
	return rcu_xchg_pointer(&current, t);
}

void
generation_wait(void)
{
	synchronize_rcu();
}
