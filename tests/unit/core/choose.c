#include "world.h"

static void
tiers(void **state)
{
	static const char targets[] = "A5 B5 C1";
	static const struct row rows[] = {
		{"any priority", targets, "F", "@1 A1- B1- C1+ =live:C"},
		{"any priority", targets, "F", "@1 A1- B1- C1- =fallback:F"},
		{"any priority", targets, "", "@1 A1- B1- C1- =all:AB"},
		{"any priority min=2", targets, "F", "@1 A1+ B1- C1+ =live:C"},
		{"any priority min=2", targets, "F", "@1 A1+ B1- C1- =live:A"},
		{"any priority min=51%", targets, "F", "@1 A1+ B1- C1+ =live:C"},
		{"any priority min=50%", targets, "F", "@1 A1+ B1- C1+ =live:A"},
		{"any priority", targets, "F", "@1 A1+ B1+ C1+ =live:AB A!down =live:B"},
		{"any priority", targets, "F", "@1 A1+ B1+ C1- A!drain B!drain =live:AB"},
		{"any priority", targets, "F", "@1 A1+ B1+ C1+ A!drain B!drain =live:C"},
		{"any priority", targets, "F", "@1 A1+ A!drain C1? B1- =live:A"},
		{"any priority", targets, "F", "@1 A!down B!down C1- =fallback:F"},
		/* a tier smaller than min_healthy has enough when all of it is up */
		{"any priority min=3", "A5 B5 C1", "F", "@1 A1+ B1- C1+ =live:C @2 B1+ =live:AB"},
		/* never a mix of tiers */
		{"any priority", targets, "F", "@1 A1- B1+ C1+ =live:B"},
		/* select all takes no notice of tiers and min_healthy */
		{"any min=3", targets, "F", "@1 A1+ B1- C1+ =live:AC"},
		/* the default priority is 0, ties together */
		{"any priority", "A B C-1", "F", "@1 A1+ B1+ C1+ =live:AB @2 A1- B1- =live:C"},
		/* a tier's number is of the family: v6 has its own */
		{"any priority", "A5 a1", "", "@1 A1+ a1+ =live:A 6=live:a"},
		/* min_healthy counts overridden targets among the configured ones */
		{"any priority min=60%", "A5 B5 C1", "F", "@1 A1+ B1+ C1+ =live:AB B!down =live:C"},
		/* drained ones go by the same tiers */
		{"any priority min=2", "A5 G5 B1 C1", "F", "@1 A1+ B1+ C1+ A!drain B!drain C!drain =live:BC"},
	};

	(void)state;
	ROWS(rows);
}

static void
corners(void **state)
{
	static const struct row rows[] = {
		{"any keep down=nodata", "A B", "F", "@1 A1- B1- =none:- @101 =none:- @102 =keep:-"},
		{"any keep", "A B", "F", "@1 A1+ B1+ =live:AB @101 =live:AB @102 =keep:AB A!down =keep:B B!down =fallback:F"},
		{"any", "A a", "f", "@1 A1- a1- =none:- 6=fallback:f"},
		{"any", "A", "f", "@1 A1- =none:- 6=fallback:f @2 A1+ =live:A 6=none:-"},
		{"any", "A", "Ff", "@1 A1- =fallback:F 6=fallback:f @2 A1+ =live:A 6=none:-"},
		/* what was kept from the fallback is still the fallback, for the other family as well */
		{"any keep", "A", "Ff", "@1 A1- =fallback:F 6=fallback:f @102 =keep:F 6=fallback:f"},
		{"any keep", "A", "f", "@1 A1- =none:- 6=fallback:f @102 =keep:- 6=fallback:f"},
		/* the list has only the other family's, and that has no answer: all */
		{"any down=nodata silence=all", "A a", "f", "@1 a1- =all:A 6=none:-"},
		{"any", "A a", "f", "@1 A1- a1+ =none:- 6=live:a"},
		/* all: what is overridden down only when all are */
		{"any down=all", "A B", "F", "@1 A1- B!down =all:A A!down =all:AB"},
		{"any priority down=all", "A5 B1 C1", "F", "@1 A!down B1- C1- =all:BC"},
		{"any", "A B", "", "=all:AB"},
		{"any", "A B", "F", "=fallback:F"},
		{"any silence=all", "A B", "F", "=all:AB @1 A!down =all:B"},
		{"any keep", "A B", "F", "=fallback:F"},
		/* silence outranks down: one unknown is enough */
		{"any keep down=nodata", "A B", "F", "@1 A1+ B1+ @50 B1- =live:A @101 =live:A @102 =keep:A @151 =keep:A"},
		{"any down=last", "A B", "F", "@1 A1- =fallback:F @2 A1+ B1+ =live:AB @3 A1- =live:B @4 B1- =last:B "
		                              "B!down =fallback:F"},
		/* last is of rule 1 and 2 only; keep remembers last */
		{"any down=last keep", "A", "F", "@1 A1+ @2 A1- =last:A @103 =keep:A"},
		/* keep after a restart knows nothing */
		{"any keep", "A", "", "=all:A @1 A1- =all:A @102 =keep:A"},
		/* the fallback may be a target itself */
		{"any", "A B", "B", "@1 A1- B1- =fallback:B"},
		{"any keep", "A B", "B", "@1 A1- B1- @102 =keep:B B!down =fallback:B"},
	};

	(void)state;
	ROWS(rows);
}

/* An rcode in place of an answer: of a family by itself, kept as an empty answer is. */
static void
rcodes(void **state)
{
	static const struct row rows[] = {
		{"any down=servfail", "A B", "F", "@1 A1- B1+ =live:B @2 B1- =none:SERVFAIL 6=none:- ttl=5 @3 A1+ =live:A"},
		{"any down=refused", "A", "F", "=fallback:F @1 A1- =none:REFUSED next=102 @102 =fallback:F next=-1"},
		{"any down=servfail", "A a", "Ff", "@1 A1- a1+ =none:SERVFAIL 6=live:a @2 a1- 6=none:SERVFAIL since=2"},
		/* a family without targets has none to give, be the list what it may */
		{"any down=servfail", "A", "Ff", "@1 A1- =none:SERVFAIL 6=none:-"},
		/* of no help to a family whose list is elsewhere: that is the only one with an answer */
		{"any down=servfail", "A a", "f", "@1 a1- 6=none:SERVFAIL =all:A"},
		/* kept, with the TTL it had; and not after a last answer, which is never of rule 4 */
		{"any keep down=servfail", "A B", "F", "@1 A1- B1- =none:SERVFAIL @101 =none:SERVFAIL next=102 @102 =keep:SERVFAIL next=-1 since=102"},
		{"any keep down=refused", "A", "F", "@1 A1+ @2 A1- =none:REFUSED @103 =keep:REFUSED @104 A1+ =live:A @205 =keep:A"},
		{"any keep down=servfail", "A B", "F", "@1 A1- B1- @102 =keep:SERVFAIL A!down B!down =none:SERVFAIL since=102"},
		/* the same nothing for another reason is another answer */
		{"any down=servfail", "A a", "f", "@1 a1+ =none:- 6=live:a @2 A1- =none:SERVFAIL since=2 @102 6=fallback:f =none:SERVFAIL next=103 @103 =none:- since=103"},
		{"cname any down=servfail", "S", "F", "@1 S1- N=none:SERVFAIL =none:- 6=none:-"},
		{"srv any keep down=refused", "S", "Y", "N=fallback:Y @1 S1- N=none:REFUSED @102 N=keep:REFUSED"},
	};

	(void)state;
	ROWS(rows);
}

/* One answer a query: the decision names all there are to choose from, and how. */
static void
selected(void **state)
{
	static const struct row rows[] = {
		{"any weighted", "Aw3 B Cw5", "F", "@1 A1+ B1+ C1- =live:AB weights=3,1 @2 A1- =live:B select=all"},
		/* tiers and min_healthy are of priority alone */
		{"any weighted min=3", "A9w2 B1w4 C", "F", "@1 A1+ B1+ =live:AB weights=2,4"},
		{"any weighted", "Aw3 aw2 bw7", "F", "@1 A1+ a1+ b1+ =live:A select=all 6=live:ab 6weights=2,7"},
		/* weight 0: out of every rule */
		{"any weighted", "Aw0 B", "F", "@1 A1+ B1+ =live:B B!down =fallback:F B!clear @2 B1- =fallback:F"},
		{"any weighted", "Aw0 B", "F", "@1 A1+ B1+ A!drain B!drain =live:B"},
		{"any weighted", "Aw0 B", "F", "@1 A1+ A!up =fallback:F B1+ =live:B A=up A:up"},
		{"any weighted silence=all", "Aw0 B C", "F", "=all:BC weights=1,1 @1 B1- =all:BC @2 C1- =fallback:F"},
		{"any weighted down=all", "Aw0 Bw3 C", "F", "@1 A1- B1- C1- =all:BC weights=3,1 B!down =all:C C!down =all:ABC weights=1,1,1"},
		{"any weighted down=all", "Aw3 Bw2", "F", "@1 A1- B1- A!down B!down =all:AB weights=3,2"},
		/* nothing but weight 0: nobody is unknown, so it is not silence */
		{"any weighted keep", "Aw0 Bw0", "F", "=fallback:F @1 A1+ =fallback:F next=-1"},
		{"any weighted", "Aw0 Bw0", "", "@1 A1+ =all:AB weights=1,1"},
		{"any weighted down=servfail", "Aw0", "F", "@1 A1+ =none:SERVFAIL A=up"},
		/* its state is what it is, but nothing is degraded by it; overridden down neither */
		{"any weighted degraded=2", "Aw0 B C", "F", "@1 A1- B1+ C1+ A=down A:down ttl=5 A!down ttl=5 B!down ttl=2"},
		/* the smallest weight of an address counts, and takes it out */
		{"any weighted", "Aw5:80 Aw2:443 B", "F", "@1 B1+ =live:B"},
		{"any weighted down=all", "Aw5:80 Aw2:443 B", "", "weights=2,1 =all:AB"},
		{"any weighted down=all degraded=2", "Aw5:80 Aw0:443 B C", "", "@1 A1- B1+ C1+ =live:BC ttl=5"},
		/* keep and last by the weights of what is left of them; a fallback whole, kept or not */
		{"any weighted keep", "Aw3 Bw2 C", "F", "@1 A1+ B1+ C1+ @102 =keep:ABC weights=3,2,1 B!down =keep:AC weights=3,1"},
		{"any weighted down=last", "Aw3 Bw2", "F", "@1 A1+ B1+ =live:AB @2 A1- B1- =last:AB weights=3,2"},
		{"quorum=2 weighted down=last agents=2 hold=0", "Aw3 Bw2", "F", "@1 A1+ A2+ B1+ B2+ =live:AB @2 A1- A2- =live:B @3 B1- B2- =last:B select=all"},
		{"any weighted keep", "A B", "FG", "@1 A1- B1- =fallback:FG select=all @102 =keep:FG select=all"},
		{"any weighted keep", "Aw2 Bw3", "AB", "@1 A1- B1- =fallback:AB select=all @102 =keep:AB select=all @103 A1+ B1+ =live:AB weights=2,3"},
		{"any weighted", "A", "Fab", "=fallback:F 6=fallback:ab 6select=all"},
		{"any hash", "Aw0 Bw3 C", "F", "@1 A1+ B1+ =live:AB select=hash @2 B1- =live:A select=all"},
		{"any hash keep", "A B", "FG", "=fallback:FG select=all @1 A1+ B1+ @102 =keep:AB select=hash"},
		{"any priority", "A B", "F", "@1 A1+ B1+ =live:AB select=all"},
	};

	(void)state;
	ROWS(rows);
}

/* An address is answered only while all its ports are up. */
static void
ports(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, "any", "A:80 A:443 B", "F");
	w.now = 1;
	world_report(&w, &w.targets[0], 1, '+', 0, 0, false);
	world_tell(&w, "B1+ =live:B");
	world_report(&w, &w.targets[1], 1, '+', 0, 0, false);
	world_tell(&w, "=live:AB @2 B1- =live:A");
	world_report(&w, &w.targets[1], 1, '-', 0, 0, false);
	world_tell(&w, "=fallback:F");
	world_free(&w);
}

static void
ttls(void **state)
{
	static const struct row rows[] = {
		{"any ttl=5 fallback_ttl=9", "A", "F", "ttl=9 @1 A1+ ttl=5 @2 A1- ttl=9"},
		{"any ttl=5 fallback_ttl=9 degraded=2", "A B", "F", "@1 A1+ B1+ ttl=5 @2 B1- ttl=2 @3 A1- ttl=9"},
		{"any ttl=5 degraded=2", "A B", "F", "@1 A1+ B1+ ttl=5 B!down ttl=2 B!drain ttl=5"},
		/* kept with the TTL it had */
		{"any keep ttl=5 degraded=2", "A B", "F", "@1 A1+ B1- ttl=2 @102 =keep:A ttl=2"},
		{"any keep ttl=5 fallback_ttl=9", "A", "F", "@1 A1- @102 =keep:F ttl=9"},
	};

	(void)state;
	ROWS(rows);
}

/* Aliases, texts and services are chosen as addresses are; an alias is never beside anything. */
static void
other_types(void **state)
{
	static const struct row rows[] = {
		{"cname any priority", "S9 T9 U5", "Y", "@1 S1+ T1+ U1+ N=live:ST S!down N=live:T @2 T1- N=live:U =none:- 6=none:-"},
		{"cname any priority", "S9 T9 U5", "Y", "@1 S1- T1- U1- N=fallback:Y =none:- 6=none:-"},
		{"cname any priority", "S9 U5", "", "@1 S1- U1- N=all:S =none:-"},
		{"cname any", "S", "Ff", "=fallback:F 6=fallback:f N=none:- @1 S1+ N=live:S =none:- 6=none:-"},
		{"cname any", "S T", "F", "@1 S1- T1- =fallback:F 6=none:- N=none:- @2 T1+ N=live:T =none:-"},
		{"cname any down=nodata", "S", "F", "@1 S1- =none:- N=none:-"},
		{"cname any down=last", "S T", "F", "@1 S1+ T1- N=live:S @2 S1- N=last:S =none:-"},
		{"cname any keep", "S", "F", "@1 S1- =fallback:F N=none:- @102 =fallback:F N=keep:-"},
		{"cname any keep", "S", "F", "@1 S1+ N=live:S @102 N=keep:S =none:- S!down =fallback:F N=none:-"},
		{"cname any down=all", "S T", "F", "@1 S1- T1- N=all:ST =none:-"},
		{"cname any", "S0:80 S0:443", "Y", "@1 S1+ N=fallback:Y"}, /* both ports have to be up */
		{"srv any", "S T", "Y", "@1 S1+ T1+ N=live:ST @2 S1- N=live:T @3 T1- N=fallback:Y =none:-"},
		{"txt quorum=2", "S", "Y", "@1 S1+ S2- N=fallback:Y @2 S2+ N=live:S @3 S1- S2- N=fallback:Y"},
		{"txt any fallback_ttl=9", "S", "Y", "@1 S1+ N=live:S S!drain N=live:S @2 S!clear S1- N=fallback:Y"},
		{"cname any", "S", "Y", "@1 S1+ next=102 S:up S=up @102 N=fallback:Y S:unknown"},
	};

	(void)state;
	ROWS(rows);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tiers), cmocka_unit_test(corners), cmocka_unit_test(rcodes), cmocka_unit_test(selected),
		cmocka_unit_test(ports), cmocka_unit_test(ttls), cmocka_unit_test(other_types),
	};

	return cmocka_run_group_tests_name("choose", tests, NULL, NULL);
}
