// Package publish makes releases of document lists and serves them. It neither
// checks records nor keeps them: what the list holds is what it is given.
//
// A list is a folder of files, which any web server, store or stick can carry:
//
//	<list>/latest.json                         the envelope of the newest release
//	<list>/<sequence>.release.json             the envelope of each release
//	<list>/<sequence>-snapshot-<12 hex>.bin    the whole list
//	<list>/<sequence>-delta-<12 hex>.bin       what changed since the release before
//
// The hexadecimal digits begin the SHA-256 of the file. Only latest.json ever
// changes. It is written last, when all that it names is on the disk, so that
// whoever reads the folder at whatever moment finds a whole release; a crash
// leaves the release before it. An envelope that was written but did not become
// the latest does so at the next Publish: there are never two releases under
// one number, which devices would take for a fork.
package publish
