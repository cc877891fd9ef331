# Two travellers go through on one release. Both are counted, and the second is
# an intruder until the door is shut behind them.
0 door shut
	0.000 unknown (passed: silent)
0 passed off
	0.000 locked
1 release
	1.000 relay on
	1.000 released
	1.200 relay off
2 door open
3 passed on
	3.000 released, 1 passed
3.5 passed off
4 passed on
	4.000 forced (passed: without a release), 2 passed
4.5 passed off
5 door shut
	5.000 locked, 2 passed
