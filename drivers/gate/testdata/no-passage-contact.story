# With nothing but a door contact, a release ends when the door has been open
# and is shut. No passages are counted: that a door was open proves none.
contacts door_closed
0 door shut
	0.000 locked
1 release
	1.000 relay on
	1.000 released
	1.200 relay off
2 door open
4 door shut
	4.000 locked
5 release
	5.000 relay on
	5.000 released
	5.200 relay off
	11.000 locked
12 wait
