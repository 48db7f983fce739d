// Package drivertest tests package sqlstore on real drivers and databases. It is
// a module of its own, so that nobody who imports the library pays for a driver.
package drivertest
