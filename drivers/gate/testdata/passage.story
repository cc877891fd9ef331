# One traveller goes through. The relay is on for one pulse, and the gate is
# locked again as soon as the traveller has passed and the door is shut.
0 door shut
	0.000 unknown (passed: silent)
0 passed off
	0.000 locked
1 release
	1.000 relay on
	1.000 released
	1.200 relay off
2.1 door open
3.0 passed on
	3.000 released, 1 passed
3.6 passed off
4.2 door shut
	4.200 locked, 1 passed
10 wait
