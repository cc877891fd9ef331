// Package inspect decides on a document: from its machine readable zone, what
// the lists say of it, how fresh they are and how the device is, [Decide]
// returns a [Decision] with every reason for it. It is pure: the time and the
// day are arguments, and it neither looks anything up nor acts.
//
// The rules stand in one table, in the order in which an officer is told of
// them. All that apply are collected, and the gravest of them is the verdict: a
// passport that has expired and is listed as stolen is an alert. Clear is what
// is left when no rule applies, so that whatever failed, is missing or is not
// known refers the traveller to an officer.
//
// A hit on a document and a hit on its holder are different reasons with
// different drills, and never merged. An exact match counts as such only when
// the check digit of the number passed; else the number is not certain, and the
// match is one to verify. No reason holds a value from the document.
package inspect
