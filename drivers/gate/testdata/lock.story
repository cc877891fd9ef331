# Lock ends a release that nobody has used, and cuts the pulse short.
0 door shut
	0.000 unknown (passed: silent)
0 passed off
	0.000 locked
1 release
	1.000 relay on
	1.000 released
1.1 lock
	1.100 relay off
	1.100 locked
2 lock

# It does not take back what a traveller is using.
3 release
	3.000 relay on
	3.000 released
	3.200 relay off
4 door open
5 lock
6 passed on
	6.000 released, 1 passed
6.4 passed off
7 door shut
	7.000 locked, 1 passed

# The controller may still let somebody through who pushes at once: forced.
10 release
	10.000 relay on
	10.000 released, 1 passed
	10.200 relay off
11 lock
	11.000 locked, 1 passed
11.5 door open
	11.500 forced (door_closed: open without a release), 1 passed
12 door shut
	12.000 locked, 1 passed
