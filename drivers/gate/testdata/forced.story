# Somebody forces the door. It is not released until it is shut again.
0 door shut
	0.000 unknown (passed: silent)
0 passed off
	0.000 locked
1 door open
	1.000 forced (door_closed: open without a release)
2 release
	2.000 error: the gate is not shut
3 door shut
	3.000 locked
4 release
	4.000 relay on
	4.000 released
	4.200 relay off
	10.000 locked
10.5 wait

# A door that opens after the release has lapsed is forced too.
11 door open
	11.000 forced (door_closed: open without a release)
12 door shut
	12.000 locked

# So is one that somebody climbs over.
13 passed on
	13.000 forced (passed: without a release), 1 passed
13.5 passed off
	13.500 locked, 1 passed
