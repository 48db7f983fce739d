package pkgversion_test

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/isvkit/isvkit/pkgversion"
)

func ExampleVersion() {
	versions := []pkgversion.Version{
		pkgversion.MustVersion("2.0"),
		pkgversion.MustVersion("1.10"),
		pkgversion.MustVersion("2.0 (Beta 1)"),
		pkgversion.MustVersion("1.9"),
	}
	slices.SortFunc(versions, pkgversion.Version.Compare)
	for _, v := range versions {
		fmt.Println(v)
	}
	// Output:
	// 1.9.0
	// 1.10.0
	// 2.0.0 (Beta 1)
	// 2.0.0
}

func ExampleOrgID() {
	// An export wrote 15 characters, a subscriber row the same id in 18.
	exported, err := pkgversion.ParseOrgID("00D2X000000Txd2")
	if err != nil {
		fmt.Println(err)
		return
	}
	subscriber := pkgversion.MustOrgID("00D2X000000Txd2UAC")
	fmt.Println(exported, exported == subscriber)

	_, err = pkgversion.ParseOrgID("00D2X000000Txd2UAB")
	fmt.Println(err)
	// Output:
	// 00D2X000000Txd2UAC true
	// pkgversion: org id "00D2X000000Txd2UAB": the checksum of the Salesforce id is wrong
}

func ExampleLatest() {
	versions := slices.Values([]pkgversion.PackageVersion{
		{Version: pkgversion.MustVersion("1.9")},
		{Version: pkgversion.MustVersion("1.10")},
		{Version: pkgversion.MustVersion("2.0 (Beta 1)")},
	})
	latest, ok := pkgversion.Latest(versions)
	fmt.Println(latest.Version, ok)
	// Output: 1.10.0 true
}

func ExamplePackage() {
	invoices := pkgversion.Package{
		ID:        pkgversion.MustPackageID("0332X000000Txd2"),
		Name:      "Invoices",
		Namespace: "acme",
	}
	fmt.Println(invoices.Name, invoices.ID)
	// Output: Invoices 0332X000000Txd2QAC
}

func ExamplePackageVersion() {
	winter := pkgversion.PackageVersion{
		ID:         pkgversion.MustVersionID("04t2X000000Txd2"),
		Package:    pkgversion.MustPackageID("0332X000000Txd2"),
		Version:    pkgversion.MustVersion("3.1"),
		Name:       "Winter",
		ReleasedAt: time.Date(2026, 1, 15, 0, 0, 0, 0, time.UTC),
	}
	fmt.Println(winter.Name, winter.Version, "beta:", winter.Version.IsBeta())
	// Output: Winter 3.1.0 beta: false
}

func ExampleParseError() {
	_, err := pkgversion.ParseVersion("1.2.NEXT")
	if refused, ok := errors.AsType[*pkgversion.ParseError](err); ok {
		fmt.Printf("%s %s: %s\n", refused.Field, refused.Value, refused.Rule)
	}
	// Output: version 1.2.NEXT: parts are decimal numbers
}

func ExampleVendorID() {
	vendor, err := pkgversion.ParseVendorID("acme")
	fmt.Println(vendor, err)
	// Output: acme <nil>
}

func ExamplePackageID() {
	// As a key: both forms of an id are one.
	names := map[pkgversion.PackageID]string{pkgversion.MustPackageID("0332X000000Txd2"): "Invoices"}
	fmt.Println(names[pkgversion.MustPackageID("0332X000000Txd2QAC")])
	// Output: Invoices
}

func ExampleVersionID() {
	_, err := pkgversion.ParseVersionID("04t2X000000Txd")
	fmt.Println(err) // 14 characters claim to be no Salesforce id

	_, err = pkgversion.ParseVersionID("04t2X000000Txd!")
	fmt.Println(err)
	// Output:
	// <nil>
	// pkgversion: package version id "04t2X000000Txd!": a Salesforce id has only the characters A-Z, a-z and 0-9
}

func ExampleRecordID() {
	fmt.Println(pkgversion.MustRecordID("a0k2X000000Txd2"))
	// Output: a0k2X000000Txd2QAC
}
