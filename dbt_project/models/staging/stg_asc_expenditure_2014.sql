{{ observations_of('asc_expenditure_2014') }}
