# A gate without contacts can be released. What became of it is never known.
contacts
0 release
	0.000 relay on
	0.000 unknown (door_closed: not wired)
	0.200 relay off
0.5 release
	0.500 error: an earlier release has not ended
7 release
	7.000 relay on
