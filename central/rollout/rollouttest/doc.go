// Package rollouttest has what tests of pushes need: an authority of
// certificates, a repository, and devices that speak their interface (package
// protocol) for real, with faults to switch on. Their lists are files only: a
// device here believes what it is brought, and proves nothing of it.
package rollouttest
