# SPDX-License-Identifier: Apache-2.0 OR MIT
#
# The harnesses, one file each, and how one is built: with an engine (libFuzzer, or what LIB_FUZZING_ENGINE names), or
# with standalone.c, which any compiler can do.
set(CVMM_FUZZ_DIR ${CMAKE_CURRENT_LIST_DIR})

# Those that are fed snapshots, decode only: begin with samples of the format.
set(CVMM_HARNESSES_DECODE decode downgrade must_crash)
# Those that are fed snapshots and restore them: begin with new guests of recorded kernels.
set(CVMM_HARNESSES_RESTORE faults plan restore roundtrip)
# Those whose input is something else.
set(CVMM_HARNESSES_OTHER api baseline example profile regid rules sim two_kernels view)
set(CVMM_HARNESSES ${CVMM_HARNESSES_DECODE} ${CVMM_HARNESSES_RESTORE} ${CVMM_HARNESSES_OTHER})

if(NOT TARGET cvmm-fuzz-common)
	# kvm-sim has arm64 built in; the others come along here.
	set(table "")
	set(texts "")
	set(count 0)
	file(GLOB profiles CONFIGURE_DEPENDS ${CVMM_FUZZ_DIR}/../kvm-sim/profiles/x86_64/*.profile
		${CVMM_FUZZ_DIR}/../kvm-sim/profiles/riscv64/*.profile)
	foreach(file IN LISTS profiles)
		cmake_path(GET file STEM LAST_ONLY stem)
		string(APPEND table "\t.8byte .Ln${count}, .Lt${count}, .Le${count}\n")
		string(APPEND texts ".Ln${count}:\n\t.asciz \"${stem}\"\n.Lt${count}:\n\t.incbin \"${file}\"\n.Le${count}:\n")
		math(EXPR count "${count} + 1")
	endforeach()
	configure_file(${CVMM_FUZZ_DIR}/more_hosts.S.in ${CMAKE_CURRENT_BINARY_DIR}/more_hosts.S @ONLY)
	set_source_files_properties(${CMAKE_CURRENT_BINARY_DIR}/more_hosts.S PROPERTIES OBJECT_DEPENDS "${profiles}")
	add_library(cvmm-fuzz-common STATIC EXCLUDE_FROM_ALL
		${CMAKE_CURRENT_BINARY_DIR}/more_hosts.S
		${CVMM_FUZZ_DIR}/host.c
		${CVMM_FUZZ_DIR}/mutate_view.c
		${CVMM_FUZZ_DIR}/mutator.c
		${CVMM_FUZZ_DIR}/rig.c
		${CVMM_FUZZ_DIR}/rules.c
		${CVMM_FUZZ_DIR}/vary.c
		${CVMM_FUZZ_DIR}/../tests/support/snap.c)
	set_target_properties(cvmm-fuzz-common PROPERTIES POSITION_INDEPENDENT_CODE ON)
	target_include_directories(cvmm-fuzz-common PUBLIC ${CVMM_FUZZ_DIR} ${CVMM_FUZZ_DIR}/../tests/support)
	target_link_libraries(cvmm-fuzz-common PUBLIC cvmm::fleet cvmm::kvm-sim cvmm::snapshot)
endif()

# cvmm_harness(<name> <target>): the program; the caller links an engine or standalone.c.
# cvmm_harness(<name> <target> afl_mutator.c): a module with its mutator.
function(cvmm_harness name target)
	if(ARGN)
		add_library(${target} MODULE ${CVMM_FUZZ_DIR}/harness/${name}.c ${ARGN})
	else()
		add_executable(${target} ${CVMM_FUZZ_DIR}/harness/${name}.c)
	endif()
	if(name IN_LIST CVMM_HARNESSES_DECODE)
		target_sources(${target} PRIVATE ${CVMM_FUZZ_DIR}/hook.c ${CVMM_FUZZ_DIR}/seed_sample.c)
	elseif(name IN_LIST CVMM_HARNESSES_RESTORE)
		target_sources(${target} PRIVATE ${CVMM_FUZZ_DIR}/hook.c ${CVMM_FUZZ_DIR}/seed_host.c)
	else()
		target_sources(${target} PRIVATE ${CVMM_FUZZ_DIR}/seed_sample.c)
	endif()
	if(name STREQUAL "example")
		target_sources(${target} PRIVATE ${CVMM_FUZZ_DIR}/example/vmm.c)
	endif()
	target_link_libraries(${target} PRIVATE cvmm-fuzz-common)
endfunction()
