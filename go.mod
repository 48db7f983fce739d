module github.com/isvkit/isvkit

go 1.26

require (
	github.com/shopspring/decimal v1.6.0
	pgregory.net/rapid v1.3.0
)
