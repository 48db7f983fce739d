// Package alertsink has sinks for the alerts of package lifecycle that need nothing but
// the standard library: a log, and CloudEvents 1.0 in JSON, to a writer or over HTTP.
// Sending mail is shown by examples/alerts.
//
// What they send is facts: which rule, which license, since when. What is rendered for
// a person to read stays out, and so do the ids of users, which can be e-mail addresses,
// unless they are asked for.
package alertsink
