# SPDX-License-Identifier: Apache-2.0 OR MIT
#
# cvmm_test(<name> SOURCES <file>... LIBS <library>... [LABELS <label>...])
#
# Adds a Criterion program as one ctest. A sanitizer's report is a failure whatever Criterion's exit code says: leaks do
# not change it.
function(cvmm_test name)
	cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LIBS;LABELS")
	add_executable(test-${name} ${arg_SOURCES})
	list(TRANSFORM arg_LIBS PREPEND cvmm::)
	target_link_libraries(test-${name} PRIVATE ${arg_LIBS} PkgConfig::CRITERION)
	target_compile_definitions(test-${name} PRIVATE CVMM_SOURCE_DIR="${CVMM_ROOT}")
	add_test(NAME ${name} COMMAND test-${name} --jobs 1)
	set_tests_properties(${name} PROPERTIES
		LABELS "${arg_LABELS}"
		FAIL_REGULAR_EXPRESSION "(Address|Leak|Thread|UndefinedBehavior)Sanitizer|runtime error:")
endfunction()
