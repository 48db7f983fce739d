package dedupe

import (
	"strings"

	"golang.org/x/net/publicsuffix"
)

// registrable returns the part of a domain that somebody registered: ibm.com of
// us.ibm.com, example.co.uk of mail.example.co.uk. A domain of two labels
// is its own.
func registrable(domain string) string {
	last := strings.LastIndexByte(domain, '.')
	if last < 0 {
		return domain
	}
	second := strings.LastIndexByte(domain[:last], '.')
	if second < 0 {
		return domain
	}
	switch domain[last+1:] {
	case "edu", "gov", "mil": // no suffixes of two labels
		return domain[second+1:]
	}
	suffix, _ := publicsuffix.PublicSuffix(domain)
	if len(suffix) >= len(domain) {
		return domain
	}
	rest := domain[:len(domain)-len(suffix)-1]
	return domain[strings.LastIndexByte(rest, '.')+1:]
}
