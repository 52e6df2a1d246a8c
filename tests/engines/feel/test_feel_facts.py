"""What DMN 1.5, chapter 10, says by example (tables 45, 50 to 58, 66 to 77), of patterns XPath Functions 3.1, 5.6."""

from __future__ import annotations

import pytest

from stadtwerk.engines.feel import evaluate

FACTS = """
substring("foobar", 3) = "obar"
substring("foobar", 3, 3) = "oba"
substring("foobar", -2, 1) = "a"
string length("foo") = 3
string length("\\U01F40Eab") = 3
upper case("aBc4") = "ABC4"
lower case("aBc4") = "abc4"
substring before("foobar", "bar") = "foo"
substring before("foobar", "xyz") = ""
substring before("foobar", "foo") = ""
substring after("foobar", "ob") = "ar"
substring after("", "a") = ""
substring after("foo", "") = "foo"
replace("abcd", "(ab)|(a)", "[1=$1][2=$2]") = "[1=ab][2=]cd"
not(contains("foobar", "of"))
starts with("foobar", "fo")
ends with("foobar", "r")
matches("foobar", "^fo*b")
matches("\u212a", "[A-Z]", "i")
not(matches("q", "[^Q]", "i"))
matches("hello world", "hello\\ sworld", "x")
not(matches("helloworld", "hello[ ]world", "x"))
matches("-", "[a-c-1-4x-z]") = null
replace("abracadabra", "bra", "*") = "a*cada*"
replace("abracadabra", "a.*?a", "*") = "*c*bra"
replace("abracadabra", ".*?", "$1") = null
replace("AAAA", "A+?", "b") = "bbbb"
replace("darted", "^(.*?)d(.*)$", "$1c$2") = "carted"
split("John Doe", "\\s") = ["John", "Doe"]
split("a;b;c;;", ";") = ["a", "b", "c", "", ""]
string join(["a", "b", "c"], "_and_") = "a_and_b_and_c"
string join(["a", null, "c"], "X") = "aXc"
string join([], "X") = ""
number("1 000,0", " ", ",") = number("1,000.0", ",", ".")
string(1.1) = "1.1"
string(null) = null
list contains([1, 2, 3], 2)
list contains([1, null], null)
count([1, 2, 3]) = 3
count([1, [2, 3]]) = 2
min([1, 2, 3]) = 1
max(1, 2, 3) = 3
max([]) = null
sum(1, 2, 3) = 6
sum([]) = null
mean([1, 2, 3]) = 2
all([false, null, true]) = false
all([])
all(0) = null
any([false, null, true])
any([]) = false
sublist([4, 5, 6], 1, 2) = [4, 5]
append([1], 2, 3) = [1, 2, 3]
concatenate([1, 2], [3]) = [1, 2, 3]
insert before([1, 3], 1, 2) = [2, 1, 3]
remove([1, 2, 3], 2) = [1, 3]
list replace([2, 4, 7, 8], 3, 6) = [2, 4, 6, 8]
list replace([2, 4, 7, 8], function(item, newItem) item < newItem, 5) = [5, 5, 7, 8]
reverse([1, 2, 3]) = [3, 2, 1]
index of([1, 2, 3, 2], 2) = [2, 4]
union([1, 2], [2, 3]) = [1, 2, 3]
distinct values([1, 2, 3, 2, 1]) = [1, 2, 3]
flatten([[1, 2], [[3]], 4]) = [1, 2, 3, 4]
product([2, 3, 4]) = 24
median(8, 2, 5, 3, 4) = 4
median([6, 1, 2, 3]) = 2.5
median([]) = null
decimal(stddev(2, 4, 7, 5), 30) = 2.081665999466132735282297706980
stddev([47]) = null
mode(6, 3, 9, 6, 6) = [6]
mode([6, 1, 9, 6, 1]) = [1, 6]
mode([]) = []
decimal(1/3, 2) = .33
decimal(1.5, 0) = 2
decimal(2.5, 0) = 2
floor(1.5) = 1
floor(-1.56, 1) = -1.6
ceiling(1.5) = 2
ceiling(-1.5) = -1
round up(5.5, 0) = 6
round up(-5.5, 0) = -6
round up(1.121, 2) = 1.13
round down(-5.5, 0) = -5
round half up(-5.5, 0) = -6
round half down(5.5, 0) = 5
round half down(1.126, 2) = 1.13
abs(@"-PT5H") = @"PT5H"
modulo(-12, 5) = 3
modulo(12, -5) = -3
modulo(-10.1, 4.5) = 3.4
modulo(10.1, -4.5) = -3.4
sqrt(16) = 4
decimal(log(10), 8) = 2.30258509
decimal(exp(5), 8) = 148.41315910
odd(5)
not(even(5))
is(date("2012-12-25"), time("23:00:50")) = false
is(date("2012-12-25"), date("2012-12-25"))
before(1, 10)
before([1..10), 10)
not(before([1..10], 10))
after([11..20], 10)
after((10..20], [1..10])
meets([1..5], [5..10])
not(meets([1..5), [5..10]))
met by([5..10], [1..5])
overlaps([1..8], [3..5])
not(overlaps([1..5), (5..8]))
overlaps before([1..5), (1..5])
not(overlaps before([1..5], [1..5]))
overlaps after((1..5], [1..5))
not(overlaps after([6..8], [1..5]))
finishes([5..10), [1..10))
not(finishes([5..10), [1..10]))
finished by([5..10], 10)
includes((1..10], (1..5])
not(includes([1..10], 12))
during((1..5], (1..10])
starts((1..5], (1..10])
not(starts((1..5], [1..10]))
started by([1..10], [1..5])
coincides([1..5], [1..5])
not(coincides((1..5), [1..5]))
day of year(date(2019, 9, 17)) = 260
day of week(date(2019, 9, 17)) = "Tuesday"
month of year(date(2019, 9, 17)) = "September"
week of year(date(2019, 9, 17)) = 38
week of year(date(2003, 12, 29)) = 1
week of year(date(2004, 1, 4)) = 1
week of year(date(2005, 1, 1)) = 53
week of year(date(2005, 1, 3)) = 1
sort([3, 1, 4, 5, 2], function(x, y) x < y) = [1, 2, 3, 4, 5]
get value({key1: "value1"}, "key1") = "value1"
get value({key1: "value1"}, "unexistent-key") = null
get entries({key1: "value1", key2: "value2"})[key = "key2"].value = ["value2"]
context([{key: "a", value: 1}, {key: "b", value: 2}]) = {a: 1, b: 2}
context put({x: 1}, "y", 2) = {x: 1, y: 2}
context put({x: 1, y: {a: 0}}, ["y", "a"], 2) = {x: 1, y: {a: 2}}
context merge([{x: 1}, {y: 2}]) = {x: 1, y: 2}
date("2012-12-25") - date("2012-12-24") = duration("P1D")
date and time("2012-12-24T23:59:00") + duration("PT1M") = date and time("2012-12-25T00:00:00")
time("23:59:00Z") + duration("PT2M") = time("00:01:00@Etc/UTC")
date and time("2012-12-24T23:59:00-08:00") < date and time("2012-12-25T00:00:00-08:00")
years and months duration(date("2011-12-22"), date("2013-08-24")) = duration("P1Y8M")
years and months duration(date("2015-01-31"), date("2015-02-28")) = duration("P0M")
date("2011-01-31") + duration("P1M") = date("2011-02-28")
duration("P1Y") = @"P12M"
-3 ** 2 = 9
{x: 1, y: 2} = {y: 2, x: 1}
[1, 2, 3, 4][item > 2] = [3, 4]
[{x: 1, y: 2}, {x: 2, y: 3}][x = 1] = [{x: 1, y: 2}]
[{x: 1, y: 2}, {x: 2, y: 3}].y = [2, 3]
[1, 2, 3, 4][-1] = 4
[1, 2, 3, 4][5] = null
(for i in 0..4 return if i = 0 then 1 else i * partial[-1]) = [1, 1, 2, 6, 24]
(every i in [1, 2, 3] satisfies i > 1) = false
1 in [2, 3, 1]
1 in (<= 10)
1 in [1..10)
not(1 in (1..10])
{a b: 10, c: a b + 1}.c = 11
(function(x: number, y) x * y)(y: 3, x: 2) = 6
1 = "1" = null
[1, "2"] = [1, 2] = false
string({"{": "foo", a b: [1]}) = "{\\"{\\": \\"foo\\", a b: [1]}"
for i in 1..2.5 return i = null
count(null) = null
(for i in [1..3) return i) = [1, 2]
(for i in 3..1 return i) = [3, 2, 1]
(for d in @"2026-02-27"..@"2026-03-01" return d.day) = [27, 28, 1]
@"2021-01-01T24:00:00" = @"2021-01-02T00:00:00"
@"2021-01-01T10:00:00@Europe/Berlin".timezone = "Europe/Berlin"
/* a comment */ 1 = 1 // and another
"\\u0041\\uD83D\\uDC0E" = "A\\U01F40E"
"""


@pytest.mark.parametrize("fact", [line for line in FACTS.splitlines() if line])
def test_the_specification_says_so(fact: str) -> None:
    wanted = evaluate(fact)
    if fact.endswith("= null"):
        assert evaluate(fact.rsplit(" = ", 1)[0]).value is None
    else:
        assert wanted.value is True, wanted
