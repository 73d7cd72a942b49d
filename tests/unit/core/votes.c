#include "world.h"

/* What three agents say at T=10 of the only target, for each kind of vote. */
static void
three_agents(void **state)
{
	static const struct {
		const char *said, *any, *all, *quorum;
	} rows[] = {
		{"A1+ A2+ A3+", "up", "up", "up"},           {"A1+ A2+ A3-", "up", "down", "up"},
		{"A1+ A2- A3-", "up", "down", "down"},       {"A1- A2- A3-", "down", "down", "down"},
		{"A1+ A2+", "up", "up", "up"},               {"A1+ A2-", "up", "down", "unknown"},
		{"A1+", "up", "up", "unknown"},              {"A1- A2-", "down", "down", "down"},
		{"A1-", "down", "down", "unknown"},          {"", "unknown", "unknown", "unknown"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char story[3][64];

		snprintf(story[0], 64, "@10 %s A=%s", rows[i].said, rows[i].any);
		snprintf(story[1], 64, "@10 %s A=%s", rows[i].said, rows[i].all);
		snprintf(story[2], 64, "@10 %s A=%s", rows[i].said, rows[i].quorum);
		world_rows((struct row[]){{"any agents=3", "A", "", story[0]}, {"all agents=3", "A", "", story[1]},
		               {"quorum agents=3", "A", "", story[2]}}, 3);
	}
}

static void
quorums(void **state)
{
	static const struct row rows[] = {
		/* majority of four is three, of two is two, of one is one */
		{"quorum agents=4", "A", "", "@1 A1+ A2+ A=unknown A3+ A=up"},
		{"quorum agents=4", "A", "", "@1 A1- A=unknown A2- A=down"},
		{"quorum agents=2", "A", "", "@1 A1+ A=unknown A2+ A=up"},
		{"quorum agents=1", "A", "", "@1 A1- A=down @2 A1+ A=up"},
		{"quorum=1 agents=3", "A", "", "@1 A1+ A2- A3- A=up @2 A1- A=down"},
		{"quorum=3 agents=3", "A", "", "@1 A1- A=down"},
		/* more than there are: never up, and never down either */
		{"quorum=4 agents=3", "A", "", "@1 A1+ A2+ A3+ A=unknown @2 A1- A2- A3- A=unknown"},
		{"quorum=50% agents=4", "A", "", "@1 A1+ A=unknown A2+ A=up"},
		{"quorum=51% agents=4", "A", "", "@1 A1+ A2+ A=unknown A3+ A=up"},
		{"quorum=1% agents=4", "A", "", "@1 A1+ A=up"},
		/* learned agents: one that only says unknown is expected, too */
		{"quorum", "A", "", "@1 A1+ A=up @2 A2? A=up @203 A1+ A=unknown"},
		{"quorum", "A", "", "@1 A2? A1+ A=unknown"},
		/* who has been silent for agent_forget is no longer expected: exactly at the end it still is */
		{"quorum forget=500 hold=0", "A", "", "@1 A2+ @450 A1+ @501 A=unknown @502 A=up next=551"},
		{"quorum forget=500 hold=0 timeout=1000", "A", "", "@1 A2- @450 A1+ @501 A=down @502 A=up"},
		/* any and all learn, too: a forgotten agent has no voice, be its view fresh or not */
		{"all forget=50", "A", "", "@1 A1- @10 A2+ @51 A=down @52 A=up @61 A=unknown"},
		/* a late report that is stale at once makes its agent expected all the same */
		{"quorum", "A", "", "@1000 A2+~500 A1+ A=unknown"},
	};

	(void)state;
	ROWS(rows);
}

static void
hold(void **state)
{
	static const struct row rows[] = {
		/* fresh to 110; undetermined since 110, the deadline; held to 310 */
		{"quorum agents=2", "A", "F", "@10 A1+ A2+ =live:A @50 A1+ @110 =live:A @111 A=up =live:A "
		                              "next=311 @310 =live:A @311 A=unknown =fallback:F next=-1"},
		/* by a report it is undetermined since that report */
		{"quorum agents=3", "A", "F", "@10 A1+ A2+ @60 A2- A=up @260 A=up @261 A=unknown"},
		/* determined meanwhile: the hold starts again */
		{"quorum agents=2", "A", "F", "@10 A1+ A2+ @100 A1+ @150 A=up A1+ A2+ @200 A1+ @300 A1+ "
		                              "@400 A1+ @450 A=up @451 A=unknown"},
		/* after the hold it is unknown until determined again */
		{"quorum agents=2 hold=20", "A", "F", "@10 A1+ A2+ @100 A1+ @131 A=unknown @140 A1+ A=unknown @141 A2+ A=up"},
		{"quorum agents=2 hold=0", "A", "F", "@10 A1+ A2+ @100 A1+ @110 A=up @111 A=unknown"},
		/* never determined: no hold */
		{"quorum agents=3", "A", "F", "@10 A1+ A=unknown @20 A1- A=unknown"},
		/* an expiry and a report in one instant: the expiry alone did it */
		{"quorum agents=3 hold=10", "A", "F", "@10 A1+ A2+ @111 A3- @120 A=up @121 A=unknown"},
		/* neither did it alone: the report came last */
		{"quorum agents=3 hold=10", "A", "F", "@10 A1+ @50 A2+ A3+ @111 A3- A=up @121 A=up @122 A=unknown"},
		/* expiry first, then the report that makes up for it */
		{"quorum agents=2 hold=0", "A", "F", "@10 A1+ A2+ @111 A1+ A2+ A=up since=10"},
	};

	(void)state;
	ROWS(rows);
}

/* An original agent connects, whatever is asked for. */
static void
plain_connects(void **state)
{
	static const struct row rows[] = {
		{"any http", "A", "F", "@1 A1+t =live:A @50 A2- =fallback:F @150 =fallback:F"},
		{"any http", "A", "F", "@1 A2- @60 A1+t =fallback:F @101 =fallback:F @102 =live:A @161 =fallback:F"},
		/* while they don't count, they are not expected either */
		{"quorum http", "A", "F", "@1 A1+t A2+t A3+ =live:A"},
		{"any http", "A", "F", "@1 A1+t =live:A @2 A1- =fallback:F"},
		{"any http fall=3", "A", "F", "@1 A1+t @2 A1- =fallback:F"},
	};

	(void)state;
	ROWS(rows);
}

static void
isolation(void **state)
{
	static const struct row rows[] = {
		/* a3 sees all five down, the others up */
		{"all agents=3", "A B C D E", "F",
		    "@1 A1+ B1+ C1+ D1+ E1+ A2+ B2+ C2+ D2+ E2+ A3- B3- C3- D3- E3- =live:ABCDE"},
		/* four views are too few */
		{"all agents=3", "A B C D", "F", "@1 A1+ B1+ C1+ D1+ A2+ B2+ C2+ D2+ A3- B3- C3- D3- =fallback:F"},
		/* four of five bad are 80 % */
		{"all agents=3", "A B C D E", "F", "@1 A1+ B1+ C1+ D1+ E1+ A3- B3- C3- D3- E3+ =live:E"},
		/* bad, but nobody contradicts */
		{"all agents=3", "A B C D E", "F", "@1 A1- B1- C1- D1- E1- A3- B3- C3- D3- E3- =fallback:F"},
		/* of two agents none is ever isolated */
		{"all agents=2", "A B C D E", "F", "@1 A1+ B1+ C1+ D1+ E1+ A2- B2- C2- D2- E2- =fallback:F"},
		/* learned agents are never isolated */
		{"all", "A B C D E", "F", "@1 A1+ B1+ C1+ D1+ E1+ A2+ A3- B3- C3- D3- E3- =fallback:F"},
		/* of two just as bad the first by name; of three one at most */
		{"all agents=3", "A B C D E", "F",
		    "@1 A1+ B1+ C1+ D1+ E1+ A2- B2- C2- D2- E2- A3- B3- C3- D3- E3- =fallback:F"},
		/* an abstention keeps its place in the denominator */
		{"quorum agents=3", "A B C D E", "F",
		    "@1 A1+ B1+ C1+ D1+ E1+ A3- B3- C3- D3- E3- A=unknown A2+ A=up"},
		/* it ends when it sees again, and when too few of its views are fresh */
		{"all agents=3", "A B C D E", "F",
		    "@1 A1+ B1+ C1+ D1+ E1+ A3- B3- C3- D3- E3- =live:ABCDE @2 E3+ =live:E"},
		/* a1 is isolated first; what it says no longer contradicts a2, which then has 8 of 10 */
		{"all agents=5", "A B C D E G H I J K L", "F",
		    "@1 A1- B1- C1- D1- E1- G1- H1- I1- J1- K1+ A2- B2- C2- D2- E2- G2- H2- I2- K2- L2- "
		    "A3+ B3+ C3+ D3+ E3+ G3+ H3+ I3+ J3+ =live:J"},
		/* its fresh views fall below five: its other reports count again */
		{"all agents=3", "A B C D E", "F",
		    "@1 A3- @50 A1+ B1+ C1+ D1+ E1+ B3- C3- D3- E3- =live:ABCDE next=102 @101 =live:ABCDE @102 =live:A"},
	};

	(void)state;
	ROWS(rows);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(three_agents), cmocka_unit_test(quorums), cmocka_unit_test(hold),
		cmocka_unit_test(plain_connects), cmocka_unit_test(isolation),
	};

	return cmocka_run_group_tests_name("votes", tests, NULL, NULL);
}
