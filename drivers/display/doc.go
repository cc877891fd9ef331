// Package display drives a small display of 128 by 64 dots with an SSD1306 on an
// I2C bus: a picture that needs no language, and few words beside it.
//
//	+------------+----------------------+
//	|            |  Veuillez            |
//	|   arrow    |                      |
//	|            |  avancer             |
//	+------------+----------------------+
//	  48 dots      80 dots: two lines of ten letters, 32 dots high
//
// The languages of a lane take turns. A traveller is told what to do, and never
// why. There are languages in Latin letters only: the font has no others. The
// traveller's page has the rest.
//
// A display may fail, be unplugged, or lose its power for a moment, and the lane
// goes on. Showing never waits for the bus: what is to be shown is noted, and Run
// draws it, from the beginning whenever the display did not answer.
//
// The controller takes two kinds of message (Solomon Systech, SSD1306 data sheet,
// rev 1.1, section 8.1.5), for which package ssd1306 of tinygo.org/x/drivers
// speaks:
//
//	00 c     a command, or an argument of one
//	40 d...  dots: a byte is 8 of them, one below the other, the lowest bit on top
//
// The package knows no board. It imports nothing of ours but drivers.
package display
