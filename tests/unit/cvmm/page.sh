#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 OR MIT
#
# usage: page.sh CVMM
#
# The page of cvmm matrix --html in a real browser: it is clicked, keyed, filtered and read. Exit 77 (skipped) where there
# is no Chromium or Chrome.
set -eu
cvmm=$1
for browser in chromium chromium-browser google-chrome none; do
	command -v "$browser" >/dev/null 2>&1 && break
done
if [ "$browser" = none ]; then
	echo "skipped: the page of cvmm matrix: there is no Chromium"
	exit 77
fi
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"$cvmm" matrix sim:5.10 sim:6.1 sim:6.12 sim:7.3 sim:7.3/max --html "$dir/page.html"

# No network, nothing beside the file itself.
if grep -Eq '(https?:)?//[a-z]|<link|@import|url\(' "$dir/page.html"; then
	echo "the page refers to something outside of itself"
	exit 1
fi

sed '/<\/body>/,$d' "$dir/page.html" >"$dir/test.html"
cat >>"$dir/test.html" <<'END'
<script>
const failed = [];
function check(what, ok) { if (!ok) failed.push(what); }
function cell(r, c) { return grid.tBodies[0].rows[r].cells[c + 1]; }
function press(key) { document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true })); }
check("five hosts", grid.tBodies[0].rows.length === 5);
check("a refusal", cell(3, 1).className === "no" && cell(3, 1).textContent === "✗");
check("a move", cell(2, 3).className === "yes" && cell(2, 3).textContent === "✓");
check("itself", cell(2, 2).className === "self");
check("a reader hears words in every cell", cell(3, 1).getAttribute("aria-label").startsWith("refused, ") &&
	cell(2, 3).getAttribute("aria-label") === "can move" && cell(0, 0).getAttribute("aria-label") === "the same host");
cell(3, 1).click();
check("click shows the registers", detail.textContent.includes("PSCI_VERSION") && detail.textContent.includes("0x10003"));
check("one cell takes part in tabbing", grid.querySelectorAll("[tabindex='0']").length === 1);
press("ArrowUp");
press("ArrowRight");
check("headers for both directions", grid.tHead.rows[0].cells[1].scope === "col" && grid.tBodies[0].rows[0].cells[0].scope === "row");
check("the registers can be scrolled by keyboard", detail.tabIndex === 0);
check("arrow keys move", document.activeElement === cell(2, 2));
press("ArrowRight");
press("Enter");
check("enter shows the move", detail.textContent.includes("can move"));
check("a reader is told the cell", cell(2, 3).getAttribute("aria-label").includes("can move"));
press("End");
press("ArrowDown");
check("end of the row", document.activeElement === cell(3, 4));
press("ArrowRight");
check("no way out", document.activeElement === cell(3, 4));
const option = [...reason.options].find(o => o.textContent.includes("PSCI version is newer"));
check("reasons to filter by", option !== undefined);
reason.value = option.value;
reason.dispatchEvent(new Event("change"));
check("others are dimmed", cell(2, 3).classList.contains("dim") && !cell(3, 1).classList.contains("dim"));
reason.value = "";
reason.dispatchEvent(new Event("change"));
document.querySelector("input[name=start][value='1']").click();
check("with the baseline", cell(3, 1).className === "yes");
cell(0, 1).click();
check("no baseline", detail.textContent.includes("no baseline") && detail.textContent.includes("ID_AA64DFR0_EL1"));
const search = document.getElementById("hosts");
search.value = "MAX";
search.dispatchEvent(new Event("input"));
check("hosts by name", grid.tBodies[0].rows.length === 1);
search.value = "nobody";
search.dispatchEvent(new Event("input"));
check("no host left", grid.tBodies[0].rows.length === 0);
const before = getComputedStyle(document.body).backgroundColor;
document.getElementById("theme").click();
check("light and dark", getComputedStyle(document.body).backgroundColor !== before);
document.body.replaceChildren(failed.length ? "FAILED: " + failed.join("; ") : "ALL WELL");
</script>
</body>
</html>
END
said=$("$browser" --headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run \
	--disable-background-networking --disable-component-update --disable-sync --virtual-time-budget=5000 --user-data-dir="$dir/profile" \
	--dump-dom "file://$dir/test.html" 2>"$dir/log" | sed -n 's/.*\(FAILED: .*\|ALL WELL\).*/\1/p' | head -1)
case $said in
"ALL WELL"*) ;;
*)
	echo "${said:-no answer from the browser}"
	tail -3 "$dir/log"
	exit 1
	;;
esac
