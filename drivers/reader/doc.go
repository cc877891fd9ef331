// Package reader turns what a document reader sends into readings, and keeps
// one reader in use through unplugging, noise and re-plugging.
//
// The way of a byte: a [Link] delivers chunks, a wire.Framer finds the frames in
// them, [Assemble] makes a drivers.Reading of a frame, and a [Supervisor] does
// this for one port for as long as it is told to. How a make of reader talks
// is a [Profile], which is data. What the lines mean is the business of
// package mrz; how bytes get through a port is that of the link packages.
package reader
