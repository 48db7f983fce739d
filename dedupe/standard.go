package dedupe

// The standard rules, as the platform documents them (DEDUPE 2 to 4). Each call
// returns a new value, which the caller may change.

// StandardLead returns the standard matching rule of leads (DEDUPE 2): four keys,
// seven groups. Two of the groups can match only where another does; they stand here
// because they are documented and named in explanations.
func StandardLead() Rule {
	rule := standardPerson()
	rule.Name = "Standard Lead"
	return rule
}

// StandardContact returns the standard matching rule of contacts, which is that
// of leads with the account's name for the company. It also compares leads with
// contacts; see [StandardLeadDuplicates].
func StandardContact() Rule {
	rule := standardPerson()
	rule.Name = "Standard Contact"
	return rule
}

func standardPerson() Rule {
	return Rule{
		Fields: []FieldRule{
			standardFirst(), standardLast(),
			FuzzyTitle.On(Title),
			standardCompany(),
			EmailAddress.On(Email), FuzzyPhone.On(Phone), FuzzyStreet.On(Street), FuzzyCity.On(City), FuzzyZIP.On(ZIP),
		},
		Equation: MustEquation(`(First_Name AND Last_Name AND Title AND Company)
			OR (First_Name AND Last_Name AND Email)
			OR (First_Name AND Last_Name AND Phone AND Company)
			OR (First_Name AND Last_Name AND Street AND (City OR ZIP OR Phone))
			OR (First_Name AND Last_Name AND Street AND Title)
			OR (First_Name AND Last_Name AND Title AND Email)
			OR (First_Name AND Last_Name AND Phone)`),
		Keys: []Key{
			MustKey("Email"),
			MustKey("First_Name (1,1) Last_Name Email"),
			MustKey("First_Name (1,1) Last_Name Company (2,5)"),
			MustKey("First_Name (1,1) Last_Name Phone"),
		},
		Transposed: true,
	}
}

// standardFirst differs from a custom rule's first name: it compares the sound
// too, and in a group with Email it passes over a blank.
func standardFirst() FieldRule {
	rule := FuzzyFirst.On(FirstName)
	rule.Algorithms = append(rule.Algorithms, Metaphone)
	rule.Blank = BlankPassesOnEmail
	return rule
}

func standardLast() FieldRule {
	rule := FuzzyLast.On(LastName)
	rule.Blank = BlankPassesOnEmail
	return rule
}

// standardCompany differs from a custom rule's company: edit distance stands in
// the place of syllable alignment.
func standardCompany() FieldRule {
	rule := FuzzyCompany.On(Company)
	rule.Algorithms = []Algorithm{SameText, Acronym, EditDistance}
	return rule
}

// StandardPersonAccount returns the standard matching rule of person accounts
// (DEDUPE 3): people without a company. In its fourth group the first name needs
// a score of 75 only.
func StandardPersonAccount() Rule {
	return Rule{
		Name: "Standard Person Account",
		Fields: []FieldRule{
			standardFirst(), standardLast(),
			EmailAddress.On(Email), FuzzyPhone.On(Phone), FuzzyStreet.On(Street), FuzzyCity.On(City), FuzzyZIP.On(ZIP),
		},
		Equation: MustEquation(`(First_Name AND Last_Name AND Email)
			OR (First_Name AND Last_Name AND Street AND (City OR ZIP))
			OR (First_Name AND Last_Name AND Phone)
			OR (First_Name AND Last_Name AND Phone AND (City OR ZIP) AND Street)`),
		Keys: []Key{
			MustKey("Email"),
			MustKey("First_Name (1,1) Last_Name City (1,6)"),
			MustKey("First_Name (1,1) Last_Name ZIP (1,3)"),
			MustKey("Street"),
			MustKey("Phone"),
		},
		Lower:      []GroupThreshold{{Group: 3, Field: FirstName, Threshold: 75}},
		Transposed: true,
	}
}

// StandardAccount returns the standard matching rule of accounts (DEDUPE 4). Of
// all standard rules its text is the least certain: the platform's documentation
// could not be read again, and its keys are a reconstruction.
func StandardAccount() Rule {
	return Rule{
		Name: "Standard Account",
		Fields: []FieldRule{
			standardCompany(),
			FuzzyStreet.On(Street), FuzzyCity.On(City), Exact.On(State), FuzzyZIP.On(ZIP), FuzzyPhone.On(Phone),
			WebDomain.On(Website),
		},
		Equation: MustEquation(`(Company AND Street) OR (Company AND City AND State) OR (Company AND ZIP)
			OR (Company AND Phone) OR (Website AND Phone) OR (Website AND Street)`),
		Keys: []Key{
			MustKey("Company (2,5) City (_,6)"),
			MustKey("Company (2,5) ZIP (1,3)"),
			MustKey("Company (2,5) Phone"),
			MustKey("Company (2,5) Street"),
			MustKey("Website"),
		},
	}
}
