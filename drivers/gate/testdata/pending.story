# A second release while the first can still be used is refused: no second pulse.
0 door shut
	0.000 unknown (passed: silent)
0 passed off
	0.000 locked
1 release
	1.000 relay on
	1.000 released
1.05 release
	1.050 error: an earlier release has not ended
	1.200 relay off
3 release
	3.000 error: an earlier release has not ended
4 door open
5 release
	5.000 error: an earlier release has not ended
6 passed on
	6.000 released, 1 passed
6.5 passed off
6.6 door shut
	6.600 locked, 1 passed
7 release
	7.000 relay on
	7.000 released, 1 passed
