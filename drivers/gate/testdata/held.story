# A traveller passes and the door stays open.
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
	17.000 forced (door_closed: held open), 1 passed
20 release
	20.000 error: the gate is not shut
21 door shut
	21.000 locked, 1 passed
22 release
	22.000 relay on
	22.000 released, 1 passed
