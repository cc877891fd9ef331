// Package sim is the other end of every link: document readers that speak their
// protocols on a pseudo-terminal, and listen to what they are told as those of their
// family do, and a lane whose gate, lamps and buzzer hang
// on simulated lines. What is simulated are wires, bytes and people. The drivers
// on this side of them are the real ones, so that no rule exists twice.
//
// Everything that goes wrong at an airport can be switched on here, and nothing
// here decides anything about a document.
package sim
