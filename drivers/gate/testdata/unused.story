# Nobody comes: the release falls back when its time is over. No passage.
0 door shut
	0.000 unknown (passed: silent)
0 passed off
	0.000 locked
1 release
	1.000 relay on
	1.000 released
	1.200 relay off
	7.000 locked
8 wait

# A door that is opened and let fall shut may be opened again until then.
10 release
	10.000 relay on
	10.000 released
	10.200 relay off
11 door open
12 door shut
13 door open
14 passed on
	14.000 released, 1 passed
14.5 passed off
15 door shut
	15.000 locked, 1 passed
