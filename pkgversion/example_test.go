package pkgversion_test

import (
	"fmt"
	"slices"

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
