{{ observations_of('better_care_fund_plan') }}
