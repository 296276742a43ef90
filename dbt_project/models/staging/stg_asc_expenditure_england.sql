{{ observations_of('asc_expenditure_england') }}
